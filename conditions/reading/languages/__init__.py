"""The words of English, German and French: grammars, numbers, periods, ranks."""
