import django.db.models.deletion
from django.db import migrations, models

import vikno.core.clock


def make_shelves(apps, schema_editor):
    from vikno.search import shelf
    from vikno.search.rebuild import first

    with schema_editor.connection.cursor() as cursor:
        for name in shelf.SHELVES:
            for statement in shelf.make(name):
                cursor.execute(statement)
    there = apps.get_model("tickets", "Ticket").objects.exists() or apps.get_model("people", "Person").objects.exists()
    first(apps.get_model("search", "Build"), there)


def drop_shelves(apps, schema_editor):
    from vikno.search import shelf

    with schema_editor.connection.cursor() as cursor:
        for name in shelf.SHELVES:
            for statement in shelf.drop(name):
                cursor.execute(statement)


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("staff", "0001_initial"),
        ("tickets", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Build",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("active", models.CharField(default="a", max_length=1)),
                ("building", models.CharField(blank=True, max_length=1)),
                ("position", models.BigIntegerField(default=0)),
                ("people", models.BooleanField(default=False)),
                ("total", models.BigIntegerField(default=0)),
                ("done", models.BigIntegerField(default=0)),
                ("made_by", models.PositiveIntegerField(default=0)),
                ("began_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Due",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ticket_id", models.BigIntegerField()),
                ("stamp", models.BigIntegerField(default=0)),
                ("since", models.DateTimeField(default=vikno.core.clock.now)),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("ticket_id",), name="search_due_once")]},
        ),
        migrations.CreateModel(
            name="Recent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=200)),
                ("at", models.DateTimeField(default=vikno.core.clock.now)),
                (
                    "agent",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="staff.agent"),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("agent", "text"), name="search_recent_once")]},
        ),
        migrations.RunPython(make_shelves, drop_shelves),
    ]
