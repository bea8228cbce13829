"""The page Churn: customers by churn risk and value, and a mail to them."""
