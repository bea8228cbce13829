"""What is known of each customer: computed when it is asked for, written for conditions."""
