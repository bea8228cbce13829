"""The HTML of a mail: cleaned, made into a document, with its footer and its addresses."""
