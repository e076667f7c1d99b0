"""The protocol compiler: protocol.yaml in, everything under generated/ out."""
