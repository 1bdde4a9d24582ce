#!/usr/bin/env bash
# route matrix from the tables: every row x who x token x Origin x Sec-Fetch-Site x method, both origins, as designed
. tests/accept/hub/lib.sh
rows=$(build/labwright serve --hub --routes)
figure "$(wc -l <<<"$rows") rows, $(grep -c '"labs"' <<<"$rows") of them on the labs origin"
pytest -k 'test_hub_routes or test_labs_routes or test_hub_gateway'
