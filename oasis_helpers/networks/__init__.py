"""The paper's networks in `keras.ops` alone (notebooks 02, 03 and 04)."""
