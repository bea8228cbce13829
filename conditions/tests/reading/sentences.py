"""What a sentence is read as, in the words that a merchant sees."""

from conditions.reading import read_sentence


def said(text, language="en"):
    """Return the sentence of each reading."""
    found = read_sentence(text, language=language).readings
    # French has spaces in its quotation marks that never break.
    return [one.sentence.replace("\xa0", " ") for one in found]


def unread(text, language="en"):
    """Return the parts that no reading uses."""
    return [one.text for one in read_sentence(text, language=language).unread]
