. /tmp/n09/env.sh
i=0
while read -r line; do
 i=$((i+1)); echo "#### $line"
 python -m hedgelab render 09_eighty_seven_percent --out /tmp/n09/out$i $line 2>&1 | tail -2
 python - $i <<'P'
import nbformat,sys,glob
for f in glob.glob(f'/tmp/n09/out{sys.argv[1]}/*.ipynb'):
    nb=nbformat.read(f,4)
    for c in nb.cells:
        if c.cell_type=='code' and (set(c.metadata.get('tags',[]))&{'findings','checks'} ):
            for o in c.outputs:
                print(o.get('text') or o.data['text/plain'])
P
done <<'L'
-p n_paths=100 -p n_traders=50 -p seed=1 -p capital=100 -p hedge_leverage=1 -p venue=deribit
-p n_paths=100 -p n_traders=50 -p hold_hours=4 -p weeks=26 -p hedge_leverage=50 -p market=eth-2020 -p second=btc-2020
-p n_paths=100 -p n_traders=50 -p weeks=1 -p flat=0.1 -p hold_hours=168 -p rebalance_every_hours=1
-p n_paths=100 -p n_traders=50 -p history=data/sample/btc-simulated-1h.csv.gz
-p n_paths=400 -p n_traders=200 -p seed=99
-p n_paths=400 -p n_traders=200 -p seed=5 -p hedge_ratio=0.05 -p venue=okx -p market=btc-2023 -p second=btc-2023
-p n_paths=100 -p n_traders=50 -p hold_hours=1 -p rebalance_every_hours=1 -p weeks=26 -p hedge_ratio=1.5
-p n_paths=100 -p n_traders=60 -p capital=10000000 -p flat=0.02 -p weeks=26 -p seed=3
L
