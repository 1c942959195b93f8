"""Training: plain text for a base model, demonstrations, and rewards. The one room that imports TRL."""
