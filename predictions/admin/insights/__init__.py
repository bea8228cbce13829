"""The pages Value, RFM, Cohorts and Journey: the figures of the API, formatted for merchants."""
