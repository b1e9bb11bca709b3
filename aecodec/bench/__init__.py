"""The benchmark: every installed model beside PNG and the general compressors."""
