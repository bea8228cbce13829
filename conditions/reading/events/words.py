"""Words for the order of events, in each language: regular expressions for text without accents."""

from collections.abc import Mapping
from dataclasses import dataclass

from conditions.reading.languages.grammar import UNITS, Grammar


@dataclass(frozen=True)
class EventWords:
    """The words of one language.

    `then` stands between two events, `joins` between any two clauses. In a clause, `within`, and
    `at_least` or `at_most` with `later`, give the time from the event before to this one, as a
    number and a unit (`{gap}`); `afterwards` means that the event comes later, `not_done` that it
    does not happen (`none` too, where the clause gives the order), `same` that it is about the same
    product; `pronoun` means that too, where no product is named before. `into_cart` puts the
    product `what` into the cart. `after`, or `gap_to` after a length of time, stands before the
    event that came first. `cart`, `first_order`, `last_order`, `second_order` and `returned` (to
    what they had left) are whole events; `bought` is a purchase of what its slot names, and
    `buying` one that names nothing. `first` stands before any other event that happens for the
    first time. `again`, `leading`, the beginning `repeated` of a verb and `auxiliary` alone have no
    meaning.
    """

    then: str
    joins: str
    within: str
    at_least: str
    at_most: str
    later: str
    afterwards: str
    not_done: str
    none: str
    same: str
    pronoun: str
    after: str
    first: str
    gap_to: str
    cart: str
    into_cart: str
    first_order: str
    last_order: str
    second_order: str
    returned: str
    bought: str
    buying: str
    again: str
    repeated: str
    leading: str
    auxiliary: str
    one: str


WORDS: Mapping[str, EventWords] = {
    "en": EventWords(
        then=r",? (?:and |but )?(?:then|afterwards|after that|subsequently)(?: they| have| has)?,? "
        r"|,? and later ",
        joins=r",? (?:and|but|yet)(?: they| have| has)? |, |,? (?=without )",
        within=r"(?:with)?in (?:the (?:next|following) )?{gap}",
        at_least=r"(?:at least|(?<!not )(?<!no )(?:more than|over)) {gap}",
        at_most=r"(?:(?:not|no) (?:more|later) than|not over|at most|up to) {gap}",
        later=r"later|afterwards|after that",
        afterwards=r"later|afterwards|thereafter|since(?: then)?|after(?:wards)?(?: that| this| it)"
        r"|of (?:that|it|this)|then",
        not_done=r"(?:did not|didn't|have not|haven't|has not|hasn't|do not|don't|never|without)"
        r"(?: ever)?",
        none=r"(?:no|not)(?! (?:more|fewer|less|later|earlier|older|newer|longer) than)|nothing"
        r"|not anything",
        same=r"(?:the|that|this) (?:very )?same (?:one|product|item|article|thing)|the same$",
        pronoun=r"(?:(?<=bought )|(?<=ordered )|(?<=purchased )|(?<=buy )|(?<=buying )|(?<=order ))"
        r"(?:it|them|(?:that|this|the) (?:product|item|article))",
        after=r"after(?: having)?|since they(?: have)?",
        first=r"(?:the|their) (?:very )?first ",
        gap_to=r"of|after|following",
        cart=r"(?:add(?:ed|ing)?|put(?:ting)?)(?: something| a product| an item| products| items)?"
        r" (?:(?:in)?to|in) (?:(?:the|their|a) )?(?:shopping )?(?:cart|basket)",
        into_cart=r"(?:add(?:ed|ing)?|put(?:ting)?) (?P<what>.+?)"
        r" (?:(?:in)?to|in) (?:(?:the|their|a) )?(?:shopping )?(?:cart|basket)",
        first_order=r"(?:(?:the|their|a) )?(?:very )?first(?: (?:one|order|purchase))?",
        last_order=r"(?:(?:the|their) )?(?:very )?(?:last|latest) (?:order|purchase)",
        second_order=r"(?:(?:the|their|a|with a) )?second (?:order|purchase)",
        returned=r"(?:came|come|got|are) back(?: (?:in|into it|to it))?|returned|(?:re-?)?entered"
        r"(?: it)?",
        bought="bought {}",
        buying=r"bought|buy|buying|purchased?|purchasing",
        again=r"again|once more|another time|a second time",
        repeated="",
        leading=r"first",
        auxiliary=r"have|has",
        one=r"an?|one",
    ),
    "de": EventWords(
        then=r",? (?:und |aber )?(?:dann|danach|anschliessend|spater) ",
        joins=r",? (?:und|aber|doch|jedoch) |, |,? (?=ohne )",
        within=r"(?:innerhalb|binnen)(?: von)?(?: der (?:nachsten|folgenden))? {gap}",
        at_least=r"(?:mindestens|fruhestens|(?<!nicht )(?:mehr als|uber)) {gap}",
        at_most=r"(?:nicht mehr als|nicht uber|hochstens|spatestens) {gap}",
        later=r"spater|danach",
        afterwards=r"spater|danach|darauf|anschliessend|seitdem|seither|dann",
        not_done=r"nicht(?! (?:mehr|weniger) als)(?: mehr)?|nie(?:mals)?(?: mehr)?|ohne",
        none=r"nichts(?: mehr)?|keine[nrms]?|kein",
        same=r"(?:das|den|die|der)selben?(?: (?:produkt|artikel))?"
        r"|(?:das|den) gleichen?(?: (?:produkt|artikel))?",
        pronoun=r"(?:es|sie|ihn)(?= (?:zu|gekauft|bestellt))",
        after=r"nach(?= (?:der|dem|einer|einem|ihrer|ihrem|klick|(?:mail)?offnung|offnen) )"
        r"|seit(?:dem)? sie",
        first=r"(?:der|dem|ihrer|ihrem) (?:aller)?ersten? ",
        gap_to=r"nach",
        cart=r"(?:etwas |einen artikel |ein produkt )?in den (?:waren|einkaufs)?(?:korb|wagen)"
        r" gelegt(?: haben)?|(?:dem )?legen in den warenkorb",
        into_cart=r"(?P<what>.+?) in den (?:waren|einkaufs)?(?:korb|wagen) gelegt(?: haben)?",
        first_order=r"(?:(?:der|die|dem|den|ihrer|ihrem) )?(?:erste[nrm]?(?: (?:bestellung|kauf))?"
        r"|erst(?:bestellung|kauf))",
        last_order=r"(?:(?:der|die|dem|den|ihrer|ihrem) )?letzte[nrm]? (?:bestellung|kauf)",
        second_order=r"(?:(?:die|eine|ihre|den|einen|einer|mit) )*zweite[nr]? (?:bestellung|kauf)"
        r"|zweit(?:bestellung|kauf)",
        returned=r"(?:sind |kamen )?(?:zuruck(?:gekommen|gekehrt)?|eingetreten|dazugekommen)"
        r"(?: sind)?",
        bought="{} gekauft",
        buying=r"(?:zu )?kaufen|gekauft",
        again=r"wieder|erneut|noch ?mal|nochmals|noch einmal|ein weiteres mal"
        r"|(?:ein|zum) zweite[ns]? mal",
        repeated="",
        leading=r"erst|zuerst|zunachst|haben|hat",
        auxiliary=r"(?:haben|hat|sind|ist)(?: sich)?",
        one=r"eine[mrns]?",
    ),
    "fr": EventWords(
        then=r",? (?:et |mais )?(?:puis|ensuite|apres quoi|par la suite)(?: ont| a)?,? ",
        joins=r",? (?:et|mais)(?: ont| a)? |, |,? (?=sans )",
        within=r"(?:dans les|dans|sous|en moins de)(?: les)? {gap}",
        at_least=r"(?:au moins|(?<!pas )plus de) {gap}",
        at_most=r"(?:pas plus de|au plus|au maximum) {gap}",
        later=r"plus tard|apres",
        afterwards=r"ensuite|apres|plus tard|suivante?s?|qui suivent|depuis|par la suite|puis",
        not_done=r"sans(?: jamais)?"
        r"|(?:ne |n')?(?:l'|les? )?(?:ont|a) (?:plus jamais|jamais plus|pas|jamais|plus)",
        none=r"pas(?! (?:plus|moins) d)(?: de| d')?|jamais|aucune?|plus rien|rien",
        same=r"(?:le|la|les) memes?(?: (?:produits?|articles?))?",
        pronoun=r"l'(?=(?:ont |a )?(?:achet|command))|(?:le|ce) (?:produit|article)",
        after=r"apres(?: avoir| s'etre)?|suivant|depuis qu'(?:ils|elles)(?: ont)?",
        first=r"(?:la|leur|le) (?:toute )?premiere? ",
        gap_to=r"suivant|apres|qui suivent|de",
        cart=r"(?:(?:ont|a) )?(?:ajoute|mis|ajouter|mettre)"
        r"(?: un article| un produit| quelque chose)? (?:au|dans le|dans leur|a leur) panier",
        into_cart=r"(?:(?:ont|a) )?(?:ajoute|mis|ajouter|mettre) (?P<what>.+?)"
        r" (?:au|dans le|dans leur|a leur) panier",
        first_order=r"(?:(?:la|leur|le|une) )?premiere?(?: (?:commande|achat))?",
        last_order=r"(?:(?:la|leur) )?derniere? (?:commande|achat)",
        second_order=r"(?:(?:la|leur|le|une|un|avec une) )?(?:deuxieme|seconde?)"
        r" (?:commande|achat)",
        returned=r"(?:(?:y )?sont |y )?(?:revenue?s?|retournee?s?|re-?entree?s?)",
        bought="acheté {}",
        buying=r"achet(?:e|es|er|ee|ees)",
        again=r"a nouveau|de nouveau|encore(?: une fois)?|une (?:deuxieme|seconde) fois",
        repeated=r"\b(?:re(?=command)|r(?=achet))",
        leading=r"d'abord|ont|a",
        auxiliary=r"ont|a|sont|se sont|est|s'est",
        one=r"une?|la|le",
    ),
}


def gap_pattern(grammar: Grammar) -> str:
    """Return the expression of a number (`gap`) and a unit (one of `UNITS`)."""
    units = "|".join(f"(?P<{unit}>{grammar.units[unit]})" for unit in UNITS)
    number = rf"{WORDS[grammar.code].one}|{grammar.numbers.pattern}"
    return rf"(?P<gap>{number}) (?:{units})"
