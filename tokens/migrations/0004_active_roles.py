from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tokens", "0003_secrets_run_out"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="active_roles",
            field=models.JSONField(default=None, null=True),
        ),
    ]
