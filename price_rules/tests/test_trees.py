"""What a rule's stored conditions ask for."""

from price_rules.trees import asks_of_customer


def test_steps_of_orders_ask_for_more_than_the_cart():
    """Catches a rule with steps that is judged as if the cart at the till were enough."""

    def tree(*relations):
        return {"match": "all", "conditions": [{"steps": [{"relation": one} for one in relations]}]}

    assert asks_of_customer(tree("carts", "sales"))
    assert not asks_of_customer(tree("carts", "cart_items"))
