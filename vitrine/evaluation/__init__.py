"""What a model is worth: answers to the held-out prompts, graded, with intervals and paired differences."""
