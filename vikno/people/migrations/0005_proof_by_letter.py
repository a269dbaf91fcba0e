from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0004_former")]

    operations = [
        migrations.AlterField(
            model_name="identity",
            name="verified_by",
            field=models.CharField(
                blank=True,
                choices=[
                    ("link", "Link"),
                    ("sign_in", "Sign In"),
                    ("letter", "Letter"),
                    ("token", "Token"),
                    ("platform", "Platform"),
                    ("agent", "Agent"),
                ],
                max_length=10,
            ),
        ),
    ]
