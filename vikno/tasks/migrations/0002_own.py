import django.db.models.deletion
from django.db import migrations, models

import vikno.core.clock


def _key(to: str, **more: object) -> models.ForeignKey:
    return models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=to, **more)


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0005_proof_by_letter"),
        ("staff", "0001_initial"),
        ("tasks", "0001_initial"),
        ("tickets", "0009_awake"),
    ]

    operations = [
        migrations.CreateModel(
            name="OwnNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(blank=True)),
                ("at", models.DateTimeField(default=vikno.core.clock.now)),
                ("agent", _key("staff.agent", db_index=False)),
                ("person", _key("people.person", null=True)),
                ("ticket", _key("tickets.ticket", null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("person__isnull", False), ("ticket", None))
                        | models.Q(("person", None), ("ticket__isnull", False)),
                        name="tasks_own_note_has_one_place",
                    ),
                    models.UniqueConstraint(fields=("agent", "ticket"), name="tasks_own_note_of_ticket"),
                    models.UniqueConstraint(fields=("agent", "person"), name="tasks_own_note_of_person"),
                ]
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=500)),
                ("due_at", models.DateTimeField(null=True)),
                ("due_is_day", models.BooleanField(default=False)),
                ("remind_at", models.DateTimeField(null=True)),
                ("reminded_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(default=vikno.core.clock.now)),
                ("done_at", models.DateTimeField(null=True)),
                ("agent", _key("staff.agent", db_index=False)),
                ("person", _key("people.person", null=True)),
                ("ticket", _key("tickets.ticket", null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at", None)), fields=["agent", "due_at", "id"], name="tasks_open"
                    ),
                    models.Index(
                        condition=models.Q(("done_at__isnull", False)), fields=["agent", "-done_at"], name="tasks_done"
                    ),
                    models.Index(
                        condition=models.Q(("done_at", None), ("remind_at__isnull", False), ("reminded_at", None)),
                        fields=["remind_at"],
                        name="tasks_remind",
                    ),
                ]
            },
        ),
    ]
