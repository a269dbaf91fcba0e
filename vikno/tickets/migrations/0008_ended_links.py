from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tickets", "0007_emptied_drafts")]

    operations = [
        migrations.AddIndex(
            model_name="link",
            index=models.Index(
                condition=models.Q(("ended_act__isnull", False)), fields=["message"], name="tickets_link_ended"
            ),
        ),
    ]
