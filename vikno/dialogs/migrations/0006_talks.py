from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dialogs', '0005_sent_hours'),
    ]

    operations = [
        migrations.AddField(
            model_name='channel',
            name='talk_hours',
            field=models.PositiveSmallIntegerField(default=12),
        ),
        migrations.AddField(
            model_name='message',
            name='opens_talk',
            field=models.BooleanField(null=True),
        ),
        migrations.AddField(
            model_name='message',
            name='settled_at',
            field=models.DateTimeField(null=True),
        ),
    ]
