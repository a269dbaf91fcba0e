import django.db.models.deletion
from django.db import migrations, models

import vikno.core.clock
import vikno.core.secrets


class Migration(migrations.Migration):

    dependencies = [
        ('notices', '0004_advice'),
        ('staff', '0001_initial'),
        ('usersessions', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Device',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('endpoint', models.CharField(max_length=1000)),
                ('key', models.CharField(max_length=100)),
                ('secret', vikno.core.secrets.SecretField()),
                ('added_at', models.DateTimeField(default=vikno.core.clock.now)),
                ('told_at', models.DateTimeField(null=True)),
                ('failed_words', models.TextField(blank=True)),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='devices', to='staff.agent')),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='usersessions.usersession')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('endpoint',), name='notices_device_once')],
            },
        ),
        migrations.AddField(
            model_name='choices',
            name='push',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='noticedelivery',
            name='devices',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='rules',
            name='push',
            field=models.BooleanField(default=True),
        ),
    ]
