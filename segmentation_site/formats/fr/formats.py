"""Days and times in French."""

DATE_FORMAT = SHORT_DATE_FORMAT = "j F Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "j N Y, H:i"
MONTH_DAY_FORMAT = "j F"
# The narrow one of CLDR, as browsers write it.
THOUSAND_SEPARATOR = "\u202f"
