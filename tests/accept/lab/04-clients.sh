#!/usr/bin/env bash
# @jupyterlab/services; three kernels compared with ZeroMQ in both protocols; jupyter console, VS Code's calls
. tests/accept/lab/lib.sh
./dev client
pytest -k 'test_wire_compare or test_clients'
