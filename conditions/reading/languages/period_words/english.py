"""English words for lengths of time and for named days."""

# Words for a cart that nobody changes.
_IDLE = (
    "(?:sitting|sits?|sat|lying|lies|waiting|waits|left|remained)(?: (?:there|around|untouched))?"
    "|idle|unchanged|untouched|unmodified|abandoned|not (?:been )?(?:touched|changed|updated)"
)

PERIODS = (
    ("either_last", "(?:in|within|during|over|for) the (?:last|past) {cal}"),
    (
        "last",
        "(?:in|within|during|over|for|from)? ?(?:the )?(?:last|past|previous|preceding) {n} {u}",
    ),
    ("last", "(?:during|over) (?:{n}|(?P<one>an?)) {u}"),
    ("last", "(?:in|over) the (?:past) {u}"),
    (
        "next",
        "(?:in|within|during|over)? ?(?:the )?(?:next|coming|following|upcoming) {n} {u}",
    ),
    ("next", "(?:in|within|during|over)? ?the (?:next|coming|following|upcoming) {u}"),
    ("calendar_next", "(?:in|within|during)? ?(?:next|following) {cal}"),
    ("within", "(?:with)?in (?:{n}|(?P<one>an?)) {u}"),
    ("next", "(?:in )?(?:{n}|(?P<one>an?)) {u} from now"),
    (
        "ago_gt",
        "(?:more than|over|longer than|later than|earlier than|older than)"
        " (?:{n}|(?P<one>an?)) {u} ago",
    ),
    ("ago_gt", "(?:older|longer) than (?:{n}|(?P<one>an?)) {u}"),
    (
        "ago_gte",
        "(?:at least )?(?:{n}|(?P<one>an?)) {u} (?:or more|or longer|or older|\\+) ago",
    ),
    ("ago_gte", "(?:at least) (?:{n}|(?P<one>an?)) {u} (?:ago|old)"),
    ("ago_gt", "(?:more than|over) (?:{n}|(?P<one>an?)) {u} old"),
    ("ago_lt", "(?:less than|under) (?:{n}|(?P<one>an?)) {u} ago"),
    ("ago_lt", "(?:newer|younger|fresher) than (?:{n}|(?P<one>an?)) {u}"),
    ("ago_lte", "(?:at most|no more than|up to) (?:{n}|(?P<one>an?)) {u} ago"),
    ("ago_lte", "(?:not|no) (?:older|longer|more) than (?:{n}|(?P<one>an?)) {u}(?: ago| old)?"),
    ("span", "(?:between )?{a} (?:and|to|–) {b} {u}(?: ago| old)?"),
    ("inside", "more than {a}(?: {u1})? (?:but|and) less than {b} {u} ago"),
    ("point", "(?:{n}|(?P<one>an?)) {u} ago"),
    (
        "for",
        "(?:for|in|since|during)? ?(?:the )?(?P<cmp>more than|over|longer than|at least)"
        " (?:{n}|(?P<one>an?)) {u}",
    ),
    (
        "for",
        "(?:for|since) (?P<cmp>less than|fewer than|under|at most|up to|no more than)"
        " (?:{n}|(?P<one>an?)) {u}",
    ),
    (
        "for",
        f"(?:{_IDLE}) (?:for|since) (?:(?P<cmp>more than|over|longer than|at least) )?"
        "(?:{n}|(?P<one>an?)) {u}",
    ),
    ("for", "for (?:{n}|(?P<one>an?)) {u}(?P<cmp> or more| or longer)?"),
    ("for", "since (?:{n}|(?P<one>an?)) {u}"),
    ("length", "{n} {u}"),
    ("this", "(?:in |within |during |so far )?this {cal}(?: so far)?"),
    ("this", "(?:in |during )?the current {cal}"),
    ("this_or_prior", "(?:in )?this or (?:the )?(?:last|previous) {cal}"),
    ("prior", "(?:in |within |during )?(?:last|the previous) {cal}"),
    ("prior", "(?:in |within |during )?(?:the )?(?:previous) (?:calendar )?{cal}"),
    ("today", "(?:since )?today"),
    ("idle_since_yesterday", f"(?:{_IDLE}) since yesterday"),
    ("since_yesterday", "since yesterday"),
    ("yesterday", "yesterday"),
    ("tomorrow", "tomorrow"),
    ("between", "between (?P<date>\\d\\d?)(?: st| nd| rd| th)? and {date2}"),
    ("between", "(?:between|from) {yearless} (?:and|to|until|till|through|–) {date2}"),
    ("between", "(?:between|from) {date} (?:and|to|until|till|through|–) {date2}"),
    ("idle_since", f"(?:{_IDLE}) since(?: the)? {{date}}"),
    ("idle_since", f"(?:{_IDLE}) since(?: the)? {{month_or_day}}"),
    (
        "since",
        "(?:since|from|as of|starting|starting from)(?: the)? {date}(?: on| onwards?| on wards)?",
    ),
    ("since", "(?:on or after) {date}"),
    ("until", "(?:on or before|until|till|up to|through) {date}"),
    ("after", "(?:after|later than) {date}"),
    ("before", "(?:before|prior to|earlier than) {date}"),
    ("on", "(?:in|on|during|of|throughout|at|over)(?: the year)? {date}"),
    ("since", "(?:since|as of|starting)(?: the)?(?: (?:start|beginning) of)? {month_or_day}"),
    ("after", "after {month_or_day}"),
    ("before", "(?:before|prior to) {month_or_day}"),
    ("on", "(?:in|on|during) {month_or_day}"),
    # "Second May 2025 order" is no order of May 2, which needs "the", "of" or a preposition.
    ("on", "(?!{ordinal} {month} ){day}"),
    ("bare_month", "(?!{ordinal} {month} ){month_or_day}"),
    ("on", "(?P<date>20[1-3]\\d)"),
)
