"""Days and times in German."""

DATE_FORMAT = SHORT_DATE_FORMAT = "j. F Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = r"j. F Y \u\m H:i"
MONTH_DAY_FORMAT = "j. F"
