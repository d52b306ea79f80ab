from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("risk", "0006_move_forecasts")]

    operations = [migrations.DeleteModel(name="Forecast")]
