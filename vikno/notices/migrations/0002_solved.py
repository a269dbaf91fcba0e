"""A further kind of notice; the column stays as it is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("new", "New"),
                    ("reply", "Reply"),
                    ("given", "Given"),
                    ("note", "Note"),
                    ("solved", "Solved"),
                    ("failed", "Failed"),
                ],
                max_length=10,
            ),
        ),
    ]
