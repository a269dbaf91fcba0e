from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]

    operations = [
        migrations.AddField("due", "attempts", models.PositiveIntegerField(default=0)),
        migrations.AddField("due", "not_before", models.DateTimeField(null=True)),
        migrations.AddField("due", "error", models.CharField(blank=True, default="", max_length=300)),
    ]
