"""What a platform's package has to pass: the contract (`contract`) and the laws of planning and applying (`laws`).

Needs the extra `ccconf[conformance]`; nothing else in ccconf imports it.
"""
