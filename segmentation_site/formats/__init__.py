"""How each language writes days and times wherever Django shows them: FORMAT_MODULE_PATH.

The forms of `core.text.formats`, and of `Intl` with long dates and 24 hours in the browser.
"""

from django.utils.dates import MONTHS_AP
from django.utils.functional import lazy

from core.text.formats import month_abbreviation

# The format N, with the months as `moment_shown` abbreviates them: Django's own are others.
MONTHS_AP |= {number: lazy(month_abbreviation, str)(number) for number in MONTHS_AP}
