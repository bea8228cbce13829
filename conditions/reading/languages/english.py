"""English."""

from decimal import Decimal

from conditions.reading.languages.grammar import THIRD, Grammar
from conditions.reading.languages.numbers import Numbers
from conditions.reading.languages.period_words.english import PERIODS
from conditions.reading.languages.unsayable import unsayable

NUMBERS = Numbers(
    thousands=",",
    decimal=".",
    words={
        "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
        "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
        "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
        "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
        "eighty": 80, "ninety": 90, "zero": 0,
    },
    times={"hundred": 100, "thousand": 1000, "a hundred": 100, "a thousand": 1000,
           "a dozen": 12, "dozen": 12, "a couple of": 2},
    joining="and",
)  # fmt: skip
ENGLISH = Grammar(
    advertising="newsletters?",
    code="en",
    numbers=NUMBERS,
    units={
        "hour": "hours?|hrs?",
        "day": "days?|d",
        "week": "weeks?|wks?",
        "month": "months?|mos?|mths?",
        "quarter": "quarters?",
        "year": "years?|yrs?",
    },
    months=(
        "jan(?:uary)?",
        "feb(?:ruary)?",
        "mar(?:ch)?",
        "apr(?:il)?",
        "may",
        "june?",
        "july?",
        "aug(?:ust)?",
        "sep(?:tember|t)?",
        "oct(?:ober)?",
        "nov(?:ember)?",
        "dec(?:ember)?",
    ),
    dates=(
        r"(?:the )?(?P<d>\d\d?|{ordinal})(?: st| nd| rd| th)?(?: of)? (?P<m>{month})(?: ,)?"
        " (?P<y>{year})",
        r"(?P<m>{month}) (?:the )?(?P<d>\d\d?|{ordinal})(?: st| nd| rd| th)?(?: ,)? (?P<y>{year})",
    ),
    ordinals=(
        *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
        *("tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth"),
        *("seventeenth", "eighteenth", "nineteenth", "twentieth", "twenty first"),
        *("twenty second", "twenty third", "twenty fourth", "twenty fifth", "twenty sixth"),
        *("twenty seventh", "twenty eighth", "twenty ninth", "thirtieth", "thirty first"),
    ),
    half="half(?: of| year| year of)?(?: the year)?",
    quarter="quarter(?: of)?(?: the year)?",
    month_first=True,
    comparing={
        "gte": "at ?least|at the least|(?:a )?minimum(?: of)?"
        "|(?:no|not) (?:less|fewer|lower|smaller) than|not (?:under|below)|>=|> =|≥|starting at"
        "|min",
        "gt": "more th[ae]n|more often than|over|above|exceed(?:s|ing|ed)?|great?er than"
        "|higher than|bigger than|larger than|in excess of|upwards of|beyond|>|longer than",
        "lte": "at most|up to|(?:no|not) (?:more|greater|higher|larger|bigger) than"
        "|not (?:over|above|beyond|exceed(?:ing)?)|(?:a )?maximum(?: of)?|<=|< =|≤|max",
        "lt": "less th[ae]n|less often than|fewer th[ae]n|under|below|lower than|smaller than|<",
        "is": "exactly|precisely|just|only|equal to|equals|=",
    },
    compared={
        # Not before a number, which the words would compare: "500 euros or more than 5 orders".
        "gte": r"or (?:more(?: often)?|higher|above|over|greater|better|up)(?! th[ae]n| \d)"
        r"|(?:and|&) (?:more|above|up|over)(?! th[ae]n| \d)"
        r"|\+|plus|upwards?|minimum|at ?least|min|and up",
        "lte": r"maximum|max|at most|or (?:less|fewer|below|under|lower)(?! th[ae]n| \d)"
        r"|(?:and|&) (?:less|fewer|below|under)(?! th[ae]n| \d)",
    },
    between=(
        "between {a} and {b}",
        "between {a} – {b}",
        "from {a} (?:up )?to {b}",
        "{a} to {b}",
        "{a} – {b}",
    ),
    once={"once": 1, "twice": 2, "thrice": 3, "one time": 1},
    times="times?|x|occasions",
    pieces="items?|pieces?|products?|articles?|things?|units?|goods",
    worth="of|worth(?: of)?|valued(?: at)?|value of|a value of|total of|totall?ing|amounting to|for"
    "|costing|a total of|a total",
    totalling="total of|totall?ing|amounting to|a total of|a total",
    periods=PERIODS,
    words=(
        # All customers.
        ("fill", "ladies and gentlemen"),
        ("but", "but also|but|yet(?! and | ?$)|however|although|though"),
        ("and", "and also|as well as|and|&(?: &)?|plus|also|;"),
        ("or", "and / or|or else|or|/|(?:[|](?: [|])?)"),
        ("nor", "nor"),
        ("either", "either"),
        ("not", "neither(?= (?:over|under|above|below|worth|more than|less than) (?!.* nor ))"),
        ("neither", "neither(?: of)?"),
        (
            "except",
            "except(?: for| those from| those in| those)?|(?:every|any) ?(?:one|body) but"
            "|all(?: customers| people)? but|excluding|other than|apart from"
            "|excepting|minus|but not those(?: from| in)?",
        ),
        (
            "exclusive",
            "(?:, )?(?:but )?(?:not|never) both(?: of (?:them|these|those))?"
            "(?: together| at once| at the same time)?",
        ),
        (
            "never",
            "never(?: ,)? ever|never , never|never|without ever(?: having)?|not once"
            "|not even once|not at all|never once",
        ),
        ("biggest", "biggest|largest|highest|most expensive|priciest"),
        ("smallest", "smallest|cheapest|lowest"),
        ("net", r"without(?: any)?(?= (?:shipping|delivery|postage|tax|taxes|vat) )"),
        (
            "not",
            "not|no|none|nothing|without(?: any)?|w / o|w o|outside(?: of)?|not any"
            "|nobody|no one|haven|hasn|didn|doesn|don|neither of|lacks?|lacking|missing|non"
            "|have yet to|has yet to|failed to|false",
        ),
        ("who", "who|that|which|whose|where|whom"),
        ("always", "always|every time|each time"),
        ("exclusively", "exclusively|solely"),
        (
            "every",
            "both(?: of (?:them|which))?(?= (?:over|under|above|below|more|less|worth|with|in) )"
            "|every|each|all|all of their|all their|all (?:of )?whose|all of (?:which|the)",
        ),
        ("starts_with", "(?:that )?(?:start|begin)(?:s|ing)?(?: with)?"),
        ("ends_with", "(?:that )?end(?:s|ing)?(?: with| in| on)?"),
        ("contains", "contain(?:s|ing|ed)?|includ(?:es|ing|ed)|with the words?"),
        (
            "together",
            "(?:one|a|single|one single|a single) order (?:that|which) (?:had|has|contains"
            "|contained|included|includes)(?: both)?|together(?! with )(?: in (?:one|the same"
            "|a single) order)?|(?:in|on|with) (?:one|the same|a single|one single)"
            " (?:order|purchase)|at the same time",
        ),
        ("multiple", "double|(?:the )?(?:top|best|first) {n}(?: %| percent)?"),
        ("only", "only|nothing but|nothing except|nothing other than"),
        ("average", "on average|in average|average|averaging"),
        ("interval", "between"),
        ("earlier", "before|prior to|earlier than"),
        ("later", "after|later than"),
        (
            "afterwards",
            "still(?= (?:\\w+ )?(?:not|never|no) )|since then"
            "|ever since|after that|afterwards|thereafter",
        ),
        ("again", "again|once (?:again|more)|another time"),
        ("scope", "one or(?= no )"),
        (
            "back",
            "(?:come|came|coming|been) back|returned to (?:the|our|us|your|my)(?: web)?"
            "(?: ?(?:shop|store|site))?|(?:come|came) again"
            "|(?:bought|ordered|purchased|shopped) (?:any ?thing )?again",
        ),
        (
            "repeat",
            "(?:repeat|returning|regular) (?:customers?|buyers?|clients?|shoppers?|people)"
            "|regulars",
        ),
        ("then", "then|later on|later(?! than)|subsequently"),
        (
            "total",
            "total|in total|add(?:s|ed|ing)? up to|in all|at all|altogether|overall"
            "|over all time|of all time|all time",
        ),
        ("sum", "(?:the )?sum of"),
        ("no_longer", "no longer"),
        *unsayable("en"),
        ("per_row", "per (?:order|purchase|basket|cart|transaction)"),
        (
            "there",
            "(?:(?<=ed )|(?<=ght )|(?<=live )|(?<=lives )|(?<=ing ))there(?: either| themselves)?",
        ),
        ("not", "!|not yet"),
        ("sets", "=|:"),
        (
            "foremost",
            "(?:comes? )?first|(?:the )?first(?: one)? of"
            "|(?:the )?first (?:matching |fitting )?segment(?: that fits)?(?: (?:of|in|on))?",
        ),
        ("single", "(?:just |only |exactly )?(?:a|one) single"),
        ("sole", "single"),
        ("if", "if"),
        ("any", "any(?= (?:orders?|purchases?) )"),
    ),
    draws=(
        "{n} (?:%|percent|per cent) (?:random )?(?:test|control|trial) group(?: “)?",
        "(?:test|control|trial) group(?: “)? of {n} (?:%|percent|per cent)",
        "(?:test|control|trial) group of {n} (?:%|percent|per cent) “",
        "(?:the )?(?:first )?{n} (?:%|percent|per cent) of the draw “",
    ),
    fractions={
        "half": Decimal(50),
        "(?:a |one )?third(?= (?:of|at|chosen) )|(?<=random )third(?= |$)": THIRD,
        "(?:a |one )?quarter(?= of )": Decimal(25),
    },
    at_random="(?:(?:chosen|selected|picked|drawn) )?(?:at random|by chance)"
    "|random(?:ly)?(?: chosen| selected| picked| drawn)?(?: sample(?: of)?)?",
    spans={
        "start": "entered|joined|came into|got into|moved into|was added to|were added to",
        "end": "left|leaving|(?:dropped|fell|moved) out(?: of)?|exited",
        "was": "were|was",
    },
    habits=(
        ("active", "(?:in|during) {op}{a}(?: out)? of (?:the|their) (?:last|past) {n} {cal}"),
        ("each", "(?:in )?(?:every|each)(?: single)?(?: one)? of the (?:last|past) {n} {cal}"),
        (
            "each",
            "(?:every|each) {u1} (?:(?:for|over|of|in|during) )?(?:the|this) (?:last|past)"
            " (?:{n} {cal}|{years})",
        ),
        ("run", "(?:every|each) {u1} (?:for|over|of|in) (?:{n} {cal}|{years})"),
        ("row", "{n} {cal} in a row"),
        (
            "stopped",
            "(?:, )?(?:(?:and |but )?(?:then|but)(?: they| have| has)?|and (?:have|has)"
            "(?: since| now| then)?) stopped",
        ),
        ("first", "for the (?:very )?first time"),
        (
            "last",
            "(?:(?:every|each) (?:single )?one )?(?:in |of )?(?:the|their|our)"
            " (?:last|latest|past) {n}",
        ),
        ("one_of_last", "(?:any|one) of (?:the|their|our) (?:last|latest|past) {n}"),
        ("part_of_last", "{op}{a}(?: out)? of (?:the|their|our) (?:last|latest|past) {n}"),
        ("only_last", "(?:the|their|our) (?:last|latest|most recent)(?= {mail} )"),
        ("earliest", "(?:(?:the|their|our) )?(?:very )?first {n}"),
    ),
    years="(?P<half_year>half a year|half year)|(?P<one_year>(?:an? )?(?:whole |full )?year)",
    inside=frozenset({"in", "segment"}),
    out_of=frozenset({"in", "from"}),
    articles=frozenset({"the"}),
    outside=frozenset({"outside", "outside of"}),
    toward=frozenset({"to"}),
    at_place=frozenset({"in"}),
    finite="are|is|was|were|have|has|had|do|does|did|live|lives|lived|come|comes|use|used|make"
    "|makes|got|gets|belong|belongs|can|could|will|get",
    lacking=frozenset({"without", "without any", "w / o", "w o", "lacking", "lacks", "missing"}),
    none=frozenset({"none", "no", "nothing", "not any", "neither of", "neither"}),
    ones=frozenset({"one", "ones", "just one", "only one", "at least one"}),
    of_any=frozenset({"a", "an", "any", "one", "ones"}),
    at_all=frozenset({"not at all"}),
    them=frozenset({"them", "those", "these"}),
    half_years=("half a year", "half year"),
    six_months=("six", "months"),
    months_of={
        "a year and a half": 18,
        "one year and a half": 18,
        "one and a half years": 18,
        "one and a half year": 18,
        "1.5 years": 18,
        "two years and a half": 30,
        "two and a half years": 30,
        "2 and a half years": 30,
        "2 and a half year": 30,
        "2.5 years": 30,
        "a quarter of a year": 3,
        "quarter of a year": 3,
    },
    best="most valuable|best|top|highest spending|biggest spending|top spending",
    loyal="loyal|faithful",
    regular="repeat",
    any_more=frozenset({"anymore"}),
    receiving=frozenset(
        {"got", "get", "gets", "gotten", "getting", "receive", "received", "receiving"}
    ),
    of_them=frozenset({"of", "them", "those", "these"}),
    filling="customers?|clients?|people|persons?|every ?body|every ?one|any ?body|any ?one|those"
    "|users?|shoppers?|consumers?|accounts?|show|me|find|list|give|get|select|want|i|we|you"
    "|the|a|an|of|to|our|us|with|my|their|them|they|his|her|he|she|it|its|have|has|had|having|ve"
    "|be|is|are|was|were|been|being|do|does|did|in|on|at|by|from|for|please|please|ever|yet|so|far"
    "|something|anything|any|some|there|were|products?|articles?|items?|things?|goods|stuff"
    "|currently|now|still|already|total|altogether|overall|in total|lifetime|all|and|whole"
    "|one|living|live|lives|lived|located|based|residing|coming|come|comes|made|make"
    "|makes|placed|place|using|use|used|members?|member of|group|belong|belongs|category"
    "|segment|segments|brand|called|named|via|as|s|re|t"
    "|us|got|gotten|gets|getting|received|receive|receiving|just|can|could|will"
    "|also|even|actually|someone|somebody|folks|hey|hi|hello|need|like|you|thanks|teh"
    "|everybody|id|love to|see|who ve|pls|plz|d|ll|m|redeemed|made use of|over all time"
    "|of all time|all time|true|yes|sits|sit|whoever|what|come to|comes to|amount to"
    "|over their lifetime|over the lifetime|over a lifetime|kg|delivered|both|very|right now"
    "|at the moment|dates?|among|added to|added a product|added an item|added products|added items"
    "|added something"
    "|dates? back|before|given|specified|there|write|send|dear|also|like|looking|search"
    "|searching|target|targeting",
)
