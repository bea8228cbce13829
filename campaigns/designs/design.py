"""A design: a subject and blocks of text, written as the HTML of a template."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from conditions.language.operators import Words

# The styles of every design; sending moves the rules into the elements. The colours are those of
# the sender's brand at that time.
STYLE = """<style>
.mail { max-width: 600px; margin: 0 auto; padding: 24px; color: #15171c; }
.mail { font-family: Arial, Helvetica, sans-serif; }
h1 { margin: 0 0 16px; font-size: 24px; line-height: 30px; }
p { margin: 0 0 16px; font-size: 16px; line-height: 24px; }
.code { padding: 16px; border: 2px dashed #828895; font-size: 20px; text-align: center; }
.button { display: inline-block; padding: 12px 20px; border-radius: 6px; }
.button { background: {{ brand.main_color }}; color: {{ brand.button_text_color }}; }
.button { text-decoration: none; }
.logo { height: 48px; max-width: 100%; object-fit: contain; }
</style>
"""
# Stands at the top of mails of a sender with a logo. Outlook only knows the attribute `height`.
LOGO = (
    "{% if brand.logo_url %}\n"
    '<p><img class="logo" src="{{ brand.logo_url }}" alt="{{ brand.name }}" height="48"></p>'
    "{% endif %}"
)


# Where a button leads until a merchant writes it: sending warns about it.
NO_ADDRESS = "https://"


@dataclass(frozen=True)
class Block:
    """A part of a mail: words, and their markup with `%(words)s` and `%(address)s`."""

    words: Words
    written: str = "<p>%(words)s</p>"


def heading(words: Words) -> Block:
    """Return a heading."""
    return Block(words, "<h1>%(words)s</h1>")


def text(words: Words) -> Block:
    """Return a paragraph."""
    return Block(words)


def button(words: Words) -> Block:
    """Return a link that looks like a button and leads to the shop."""
    return Block(words, '<p><a class="button" href="%(address)s">%(words)s</a></p>')


def code(words: Words) -> Block:
    """Return a paragraph in a frame, for a coupon's code."""
    return Block(words, '<p class="code">%(words)s</p>')


def repeat_block(words: Words, items: str) -> Block:
    """Return a paragraph for each of the list `items`, called `one` in the words."""
    return Block(words, f"{{%% for one in {items} %%}}\n<p>%(words)s</p>\n{{%% endfor %%}}")


def only_with(words: Words, name: str) -> Block:
    """Return a paragraph that is there only where the name has a value."""
    return Block(words, f"{{%% if {name} %%}}<p>%(words)s</p>{{%% endif %%}}")


@dataclass(frozen=True)
class Design:
    """A mail to begin with; `use` says in one sentence what for."""

    code: str
    name: Words
    use: Words
    subject: Words
    preheader: Words
    blocks: Sequence[Block]

    def html(self, address: str = NO_ADDRESS) -> str:
        """Return the body in the active language; its buttons lead to `address`, a URL."""
        lines = [
            one.written % {"words": one.words, "address": escape(address)} for one in self.blocks
        ]
        return "\n".join([f'{STYLE}<div class="mail">{LOGO}', *lines, "</div>"])
