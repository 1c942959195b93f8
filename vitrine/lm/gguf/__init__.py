"""A pretrained model from a GGUF file: dequantised weights, a tokenizer that splits text as llama.cpp does, and one origin."""
