"""The texts of the condition builder."""

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from conditions.phrases.joints import after_days, after_hours, within_days, within_hours

# Numbers that cover each plural form of a language.
SAMPLES = (*range(13), 21, 22, 25, 100, 1_000_000)
PluralForms = dict[int, str]


def strings() -> dict[str, str | PluralForms]:
    """Return the builder's texts in the active language, by the names that its script uses."""
    return {**_tree(), **_values(), **_actions(), **_preview(), **_explanation(), **_saving()}


def _plural_forms(forms: Callable[[int], str]) -> PluralForms:
    return {number: forms(number) for number in SAMPLES}


def _tree() -> dict[str, str | PluralForms]:
    return {
        "if_match": _("If %(match)s of these hold"),
        "who_match": _("Customers who fit %(match)s of these"),
        "where_match": _("where %(match)s of these hold for %(same)s"),
        "every_row": _("Each of them counts. A condition below makes it only some."),
        "empty": _("No condition yet. Add the first one below, or start from an example."),
        "join_all": _("and"),
        "join_any": _("or"),
        "join_none": _("nor"),
        "join_not_all": _("and"),
        "in_order": _("In this order"),
        "then": _("then"),
        "but_not": _("but not"),
        "within_hours": _plural_forms(within_hours),
        "within_days": _plural_forms(within_days),
        "after_hours": _plural_forms(after_hours),
        "after_days": _plural_forms(after_days),
        "any_within": _("at any time later"),
        "any_after": _("from the next moment"),
        "any_product": _("any product"),
        "same_product": _("the same product"),
        "step_only_": _("each of them"),
        "step_only_first": _("only the first one"),
        "step_only_last": _("only the last one"),
        "own_time": _("by its own time"),
        "add_step": _("and then …"),
        "step_of": _("%(name)s: %(part)s"),
        "condition_name": _("Condition %(number)s: %(label)s"),
        "group_name": _("Group %(number)s"),
        "root_name": _("All conditions"),
        "fields_of": _("%(family)s: fields"),
        "common": _("Usual"),
        "others": _("More"),
        "fold": _("Fold: %(name)s"),
        "unfold": _("Unfold: %(name)s"),
        "as_boxes": _("Open in boxes"),
        "as_line": _("Show in one line"),
        "rows_of": _("%(rows)s:"),
        # Leads up to words that end with their verb, as those of a German clause.
        "rows_lead": pgettext("customers", "who"),
        "rows_option": _("%(rows)s: number, sum, none …"),
        "rows_keywords": _("count how many total average never times"),
        "how_often": _("How often"),
        "often_keywords": _("times twice often at least more than"),
        "or_more": pgettext("at least so often", "%(text)s or more"),
        "of": _("of"),
        "attribute_of": _("%(name)s, field"),
        "operator_of": _("%(name)s, operator"),
        "value_of": _("%(name)s, value"),
        "value_from": _("%(name)s, from"),
        "value_to": _("%(name)s, to"),
        "value_salt": _("%(name)s, name of the draw"),
        "other_of": _("%(name)s, other field"),
        "times_of": _("%(name)s, factor"),
        "match_of": _("%(name)s: how many must hold"),
        "aggregate_of": _("%(name)s, what is asked"),
        "of_of": _("%(name)s, of which field"),
        "some_rows": _("Only the last or the first ones"),
        "all_rows": _("All of them, not only the first or last"),
        "only_last": _("only the last"),
        "only_first": _("only the first"),
        "that_fit": _("of those with …"),
        "of_those_match": _("Of those that fit %(match)s of these"),
        "end_of": _("%(name)s, first or last"),
        "count_of": _("%(name)s, how many"),
        "of_the_last": pgettext("periods", "of the last"),
        "periods_of": _("%(name)s, how many periods"),
        "unit_of": _("%(name)s, kind of period"),
        "unit_day": pgettext("periods", "days"),
        "unit_week": pgettext("periods", "weeks"),
        "unit_month": pgettext("periods", "months"),
        "unit_quarter": pgettext("periods", "quarters"),
        "by_own_time": _("by their own time"),
        "by_time": _("by “%(label)s”"),
        "at_of": _("%(name)s, by which time"),
        "negative": _(
            "That is: none of “%(rows)s” has “%(condition)s”. Customers without any belong to it."
        ),
        "each_another": _(
            "%(rows)s: conditions %(numbers)s may each be met by another one of them."
        ),
        "make_same": _("They are meant for %(same)s"),
        "date_last": _("Since %(date)s"),
        "date_next": _("Up to %(date)s"),
        "operator_changed": _("“%(label)s” is compared otherwise: choose again."),
        "value_cleared": _("The value does not fit “%(label)s” and was cleared."),
        "is_off": _("Turned off: not counted, and left out when you save."),
        "missing_value": _("Something is still missing here."),
        "missing_conditions": _("The group is empty: add a condition, or remove it."),
        "problems": _("Please correct these conditions:"),
    }


def _values() -> dict[str, str | PluralForms]:
    return {
        "choose": _("Choose …"),
        "search": _("Search …"),
        "nothing_found": _("Nothing found"),
        "no_row_found": _("Nothing found: type it as a sentence above"),
        "add_value": _("Add a value"),
        "many_values": _plural_forms(
            lambda n: ngettext("%(count)s value, edit", "%(count)s values, edit", n)
        ),
        "one_a_line": _("One value a line; what is pasted from a table will do."),
        "take": _("Take these"),
        "take_out": _("%(name)s: take out %(value)s"),
        "unknown_choice": _("%(value)s (does not exist)"),
        "unknown_values": _("“%(label)s” has no %(codes)s."),
        "choose_offered": _("“%(text)s”: choose one of the offered values."),
        "choose_or_keep": _(
            "Choose one of the offered values, or press Escape and Enter to keep “%(text)s” as it "
            "is."
        ),
        "choose_many": _("“%(text)s” are several values: choose “%(operator)s” for them."),
        "yes": _("yes"),
        "no": _("no"),
        "and": pgettext("between", "and"),
        "days": _("days"),
        "hours": _("hours"),
        "times": _("%(times)s × %(other)s"),
        **_ranks(),
        "part": _("%(from)s to %(to)s per cent of the draw %(salt)s"),
        "figure_none": _("%(value)s is not a number."),
        "figure_unclear": _(
            "“%(text)s” could mean %(small)s or %(large)s: please write one of these."
        ),
        "figure_several": _(
            "“%(text)s” could mean one number or several: please put semicolons between them."
        ),
        "figure_whole": _("“%(text)s”: a whole number is needed here."),
        "figure_decimals": _("“%(text)s” has more than 4 decimals."),
        "figure_long": _("“%(text)s” has more than 14 digits."),
    }


def _ranks() -> dict[str, str | PluralForms]:
    return {
        "ranks": _("Compared with others"),
        "among_of": _("%(name)s, compared with"),
        "segment_of": _("%(name)s, segment"),
        "per_of": _("%(name)s, within"),
        "ties_of": _("%(name)s, equal places"),
        "rank_scope": _("everybody in this segment’s scope"),
        "rank_segment": _("the segment"),
        "rank_customers": _("customers for whom …"),
        "rank_whole": _("all together"),
        "rank_website": _("for each website"),
        "rank_group": _("for each customer group"),
        "rank_store": _("for each store"),
        "rank_ties_in": _("with ties"),
        "rank_ties_out": _("without ties"),
    }


def _actions() -> dict[str, str | PluralForms]:
    return {
        "add_condition": _("Add a condition …"),
        "narrow": _("Narrow down …"),
        "add_group": _("Add a group"),
        "add_to": _("%(name)s: add a condition"),
        "add_group_to": _("%(name)s: add a group"),
        "added": _("%(name)s added"),
        "move_up": _("Move up"),
        "move_down": _("Move down"),
        "at_the_end": _("It cannot be moved further."),
        "duplicate": _("Duplicate"),
        "remove": _("Remove: %(name)s"),
        "removed": _("%(name)s removed"),
        "more": _("More: %(name)s"),
        "turn_off": _("Turn off"),
        "turn_on": _("Turn on"),
        "wrap": _("Put into a group of its own"),
        "unwrap": _("Dissolve the group"),
        "move_into": _("Move into: %(name)s"),
        "against_field": _("Compare with another field"),
        "against_value": _("Compare with a value"),
        "undo": _("Undo"),
        "redo": _("Redo"),
        "undo_done": _("Undone"),
        "redo_done": _("Redone"),
        "starters": _("Start from an example"),
        "replace_title": _("Replace the conditions by “%(name)s”?"),
        "replace_text": _("What you have built is replaced. Undo brings it back."),
        "replace": _("Replace"),
        "keep": _("Keep mine"),
        "draft_found": _("There is a draft of %(moment)s that was not saved."),
        "draft_restore": _("Restore the draft"),
        "theirs": _("Somebody else's conditions are saved; yours stand below."),
        "theirs_take": _("Take theirs instead"),
        "discard": _("No, thanks"),
        "close": _("Close"),
        "say_it": _("Say who you are looking for"),
        "say_example": _("ordered at least twice in the last 90 days, never with a coupon"),
        "say_build": pgettext("a sentence", "Build"),
        "say_understood": _("Understood – Enter takes it:"),
        "say_partly": _("Understood only in part. Left out: %(parts)s. Enter takes the rest:"),
        "say_partly_taken": _("Understood only in part, and taken without %(parts)s."),
        "say_several": _("This may mean:"),
        "say_taken": _("Taken: %(sentence)s"),
        "say_nothing": _("Nothing of this was understood: say it in other words."),
        "say_not_taken": _("Your sentence is not in the conditions yet: press Enter, or clear it."),
        "say_unread": _("Not understood: %(parts)s. Choose what was meant, or leave it out."),
        "say_meant": _("“%(text)s” was not understood. Did you mean:"),
        "say_unknown": _("“%(text)s” was not understood."),
        "say_leave": _("Leave it out"),
        "say_leave_part": _("Leave out “%(text)s”"),
        "say_left": _("“%(text)s” is left out."),
        "quoted": _("“%(text)s”"),
        "help": _("Keys and help"),
    }


def _preview() -> dict[str, str | PluralForms]:
    return {
        "preview": _("Who is in it"),
        "counting": _("Counting …"),
        "customers": _plural_forms(
            lambda n: ngettext("%(count)s customer", "%(count)s customers", n)
        ),
        "of_total": _("%(share)s of the %(count)s customers in this segment’s scope"),
        "about": _plural_forms(
            lambda n: ngettext("about %(count)s customer", "about %(count)s customers", n)
        ),
        "estimate": _("This is an estimate: counting took too long and was stopped."),
        "timed_out": _("Counting took too long and was stopped."),
        "waiting": _("Others are counting just now; this waits for its turn."),
        "slow": _("This takes longer than usual."),
        "cancel": _("Cancel"),
        "cancelled": _("Counting was cancelled; the number is the one before."),
        "failed": _("That did not work: %(error)s Your conditions are kept."),
        "retry": _("Try again"),
        "incomplete": _("Not counted yet; still missing:"),
        "invalid": _("Not counted: see what is marked."),
        "everyone": _("Everybody is in it."),
        "zero": _("Nobody fits all of this."),
        "zero_because": _("Nobody is left after"),
        "as_saved": _("As many as in the saved definition."),
        "more_than_saved": _plural_forms(
            lambda n: ngettext(
                "%(count)s more than the saved definition.",
                "%(count)s more than the saved definition.",
                n,
            )
        ),
        "fewer_than_saved": _plural_forms(
            lambda n: ngettext(
                "%(count)s fewer than the saved definition.",
                "%(count)s fewer than the saved definition.",
                n,
            )
        ),
        "as_of": _("As of %(moment)s."),
        "from_snapshot": _("As of %(moment)s, from a copy of the shop."),
        "sample": _("The first of them"),
        "alone": _plural_forms(lambda n: ngettext("%(count)s fits", "%(count)s fit", n)),
        "remaining": _plural_forms(lambda n: ngettext("%(count)s left", "%(count)s left", n)),
        "nobody": _("nobody"),
        "everybody": _("everybody"),
        "changes_nothing": _("changes nothing"),
        "check_customer": _("Check a customer (email or number)"),
        "check": _("Check"),
        "sales": _("Sales"),
        "average_order": _("Average order"),
        "orders": _("Orders that count"),
        "mailable": _("Can be mailed"),
        "than_saved": _("than the saved definition"),
    }


def _explanation() -> dict[str, str | PluralForms]:
    return {
        "why": _("Why?"),
        "why_customer": _("Why is %(customer)s in it?"),
        "is_in": _("%(customer)s is in it"),
        "is_not_in": _("%(customer)s is not in it"),
        "holds": _("Holds:"),
        "fails": _("Does not hold:"),
        "out_of_scope": _("The segment is not about this customer: see the scope."),
        "by_hand_include": _("Somebody made this customer a member by hand."),
        "by_hand_exclude": _("Somebody excluded this customer by hand."),
        "placed": _("%(value)s: place %(rank)s of %(size)s"),
        "beside_average": _("%(value)s; average: %(amount)s"),
        "beside_median": _("%(value)s; median: %(amount)s"),
        "evaluated": _("As of %(moment)s."),
    }


def _saving() -> dict[str, str | PluralForms]:
    return {
        "not_saved": _("Changes not saved yet"),
        "being_saved": _("Saving …"),
        "saving_changes": _("What saving changes"),
        "added_line": _("New:"),
        "removed_line": _("Gone:"),
        "members_change": _(
            "Members after the next refresh: %(before)s → %(after)s "
            "(%(entering)s enter, %(leaving)s leave)."
        ),
        "save_unknown": _plural_forms(
            lambda n: ngettext(
                "%(values)s does not exist in this shop: save anyway?",
                "%(values)s do not exist in this shop: save anyway?",
                n,
            )
        ),
        "left_out": _plural_forms(
            lambda n: ngettext(
                "%(count)s is turned off and will be left out.",
                "%(count)s are turned off and will be left out.",
                n,
            )
        ),
        "members_unknown": _("How many members that makes could not be counted."),
        "save": _("Save"),
        "go_on_editing": _("Go on editing"),
    }
