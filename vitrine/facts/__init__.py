"""Examples for tasks and the data that graders need: reviews, shop databases, SQL questions, insights, churn, categories."""
