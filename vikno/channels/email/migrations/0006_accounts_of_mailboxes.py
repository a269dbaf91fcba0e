from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('channel_email', '0005_threads'),
    ]

    operations = [
        migrations.AddField(
            model_name='mailbox',
            name='account',
            field=models.CharField(blank=True, default='', max_length=12),
        ),
        migrations.AddField(
            model_name='mailbox',
            name='first_since',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='mailbox',
            name='keyed',
            field=models.BooleanField(default=False),
        ),
    ]
