import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0003_how_addresses_fail'),
    ]

    operations = [
        migrations.CreateModel(
            name='Former',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(choices=[('name', 'Name'), ('identity', 'Identity'), ('contract', 'Contract'), ('domain', 'Domain')], max_length=8)),
                ('data', models.JSONField(default=dict)),
                ('organisation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='former', to='people.organisation')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='former', to='people.person')),
            ],
        ),
    ]
