"""At the till: the cart that is given, which rules apply to it, and what each line costs less."""
