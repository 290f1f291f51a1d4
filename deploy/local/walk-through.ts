/** The demonstration concert with 2,000 seats on sale; its id never changes. */
const concertOnSale = '019b76da-a800-7b51-bd80-095b8cbb1a8c';

/**
 * A purchase in lines to paste into a shell: needs curl and Node.js. The README shows the same lines.
 * @param gatewayUrl for example http://127.0.0.1:8080
 */
export function walkThrough(gatewayUrl: string): string {
  return String.raw`API=${gatewayUrl}/api/v1
CONCERT=${concertOnSale}            # of the demonstration data: 2,000 seats, on sale
field() { node -pe "JSON.parse(require('fs').readFileSync(0)).$1"; }
get()   { curl -s -w '\n' "$API/$1" -H "authorization: Bearer $TOKEN" -H "x-queue-pass: $PASS"; }
post()  { curl -s -w '\n' "$API/$1" -H "authorization: Bearer $TOKEN" -H "x-queue-pass: $PASS" \
            -H "idempotency-key: walk-$(date +%s%N)" -H 'content-type: application/json' -d "$2"; }

TOKEN=$(post sessions '{"email":"fan@example.com","password":"correct horse battery staple"}' | field accessToken)
get "concerts?limit=2&q=seoul"                                                  # search, in English or Korean

post queue/tokens '{"concertId":"'$CONCERT'"}'                                  # join the waiting room ...
until [ "$(get queue/tokens/$CONCERT | field status)" = ACTIVE ]; do sleep 1; done
PASS=$(get queue/tokens/$CONCERT | field pass)                                  # ... and be let in

PERFORMANCE=$(get "concerts/$CONCERT/performances?available=true" | field 'items[0].id')
get performances/$PERFORMANCE/seats | head -c 400; echo                         # the seat map
HOLD=$(post reservations '{"performanceId":"'$PERFORMANCE'","quantity":1}')     # the best free seat, held for five minutes
post points/charges '{"amount":'$(echo "$HOLD" | field amount)'}'               # fill the wallet
PAYMENT=$(post payments '{"reservationId":"'$(echo "$HOLD" | field id)'"}')     # pay
get tickets/$(echo "$PAYMENT" | field 'tickets[0].id')                          # the ticket, with its QR payload
`;
}

/** How its last line begins when a ticket was bought. */
export const ticketLine = /^\{"id":"[0-9a-f-]{36}","reservationId":.*"qr":"ey/;
