from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Breath",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=10)),
                ("ticket_id", models.BigIntegerField()),
                ("dialog_id", models.BigIntegerField(default=0)),
                ("agent_id", models.BigIntegerField()),
                ("until", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["until"], name="live_breath_until")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("ticket_id", "dialog_id", "agent_id", "kind"), name="live_breath_once"
                    )
                ],
            },
        ),
    ]
