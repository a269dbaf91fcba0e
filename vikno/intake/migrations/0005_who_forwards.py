import django.db.models.deletion
from django.db import migrations, models

LOOKED_AT = 20_000  # entries, the newest, that the ledger is searched among


def ask_for_names(apps, schema_editor):
    """Have the engine look once for the names of senders and forwarders in entries that were handled before (see
    vikno.intake.names): letters are read for it, which takes too long here."""
    newest = apps.get_model("intake", "Inbound").objects.order_by("-id").values_list("id", flat=True).first()
    if newest is not None:
        payload = {"below": newest + 1, "from": max(newest + 1 - LOOKED_AT, 0)}
        apps.get_model("core", "Job").objects.get_or_create(
            unique="intake.names", defaults={"kind": "intake.names", "payload": payload}
        )


def ask_for_none(apps, schema_editor):
    apps.get_model("core", "Job").objects.filter(kind="intake.names").delete()


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0001_initial'),
        ('intake', '0004_words_of_what_waits'),
        ('staff', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='inbound',
            name='forwarder',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='staff.agent'),
        ),
        migrations.RunPython(ask_for_names, ask_for_none),
    ]
