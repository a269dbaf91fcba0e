"""One more thing that a one-time link is for. The column stays as it is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="signinlink",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("setup", "setup"),
                    ("demo", "demo"),
                    ("invitation", "invitation"),
                    ("command", "command"),
                ],
                max_length=12,
            ),
        ),
    ]
