"""When things happen in a generated shop: seasons, opening hours, and no moment after its last."""

from datetime import UTC, datetime, timedelta

from customers.generate.random_numbers import Dice

DAY = 86_400
DAYS = 3 * 365
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# How busy the months are, January first: December sells twice what January does.
MONTHS = (9, 8, 9, 10, 10, 9, 8, 8, 10, 11, 16, 18)
OPENS, OPEN_SECONDS = 6 * 3_600, 17 * 3_600


class Timeline:
    """Moments in whole seconds since 1970, of the three years up to `until`."""

    def __init__(self, until: datetime) -> None:
        self.end = (until - EPOCH) // timedelta(seconds=1)
        self.start = self.end - DAYS * DAY
        self._times = [
            f"T{hour:02}:{minute:02}:{second:02}Z"
            for hour in range(24)
            for minute in range(60)
            for second in range(60)
        ]
        self._dates: dict[int, str] = {}
        # Each day as often as it is busy; the shop grows fourfold over the three years.
        self._busy_days = [
            day
            for nth, day in enumerate(range(self.start // DAY, self.end // DAY + 1))
            for _ in range(MONTHS[self._month(day)] * (3 + 9 * nth // DAYS) // 6)
        ]

    def text(self, moment: int) -> str:
        """Return `moment` as ISO 8601 in UTC."""
        day, second = divmod(moment, DAY)
        return self.date(day) + self._times[second]

    def date(self, day: int) -> str:
        """Return the date of a day counted from 1970."""
        text = self._dates.get(day)
        if text is None:
            text = self._dates[day] = (EPOCH + timedelta(days=day)).date().isoformat()
        return text

    def busy(self, dice: Dice, first: int, last: int) -> int:
        """Return a moment between two others, on a busy day rather than on a quiet one."""
        for _ in range(3):
            moment = dice.of(self._busy_days) * DAY + OPENS + dice.below(OPEN_SECONDS)
            if first <= moment <= last:
                return moment
        return first + dice.below(last - first + 1)

    @staticmethod
    def _month(day: int) -> int:
        return (EPOCH + timedelta(days=day)).month - 1
