import django.db.models.deletion
from django.db import migrations, models

import vikno.core.clock


class Migration(migrations.Migration):
    dependencies = [("channel_email", "0006_accounts_of_mailboxes"), ("dialogs", "0006_talks")]

    operations = [
        migrations.CreateModel(
            name="Confirmation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("expires_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(default=vikno.core.clock.now)),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="confirmations", to="dialogs.delivery"
                    ),
                ),
            ],
        ),
    ]
