import django.db.models.deletion
from django.db import migrations, models

import vikno.core.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = [("staff", "0001_initial"), ("tickets", "0009_awake")]

    operations = [
        migrations.CreateModel(
            name="Passed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=vikno.core.clock.now)),
                ("until", models.DateTimeField()),
                ("agent", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="staff.agent")),
                ("ticket", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tickets.ticket")),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("agent", "ticket"), name="tasks_passed_once")]},
        ),
    ]
