"""How each language writes days and times wherever Django shows them: FORMAT_MODULE_PATH.

The forms of `core.text.formats`, and of `Intl` with long dates and 24 hours in the browser.
"""
