"""Days and times in English."""

DATE_FORMAT = SHORT_DATE_FORMAT = "F j, Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = r"F j, Y \a\t H:i"
MONTH_DAY_FORMAT = "F j"
