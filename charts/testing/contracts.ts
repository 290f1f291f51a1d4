import { file_ticketing_common_v1_actor } from '@ticketing/contracts/gen/ticketing/common/v1/actor_pb';
import { file_ticketing_common_v1_call_group } from '@ticketing/contracts/gen/ticketing/common/v1/call_group_pb';
import { file_ticketing_common_v1_operations } from '@ticketing/contracts/gen/ticketing/common/v1/operations_pb';
import { file_ticketing_common_v1_refusal } from '@ticketing/contracts/gen/ticketing/common/v1/refusal_pb';
import { file_ticketing_common_v1_settings } from '@ticketing/contracts/gen/ticketing/common/v1/settings_pb';
import { file_ticketing_concert_v1_concert } from '@ticketing/contracts/gen/ticketing/concert/v1/concert_pb';
import { file_ticketing_concert_v1_organiser } from '@ticketing/contracts/gen/ticketing/concert/v1/organiser_pb';
import { file_ticketing_concert_v1_webhooks } from '@ticketing/contracts/gen/ticketing/concert/v1/webhooks_pb';
import { file_ticketing_payment_v1_cancellations } from '@ticketing/contracts/gen/ticketing/payment/v1/cancellations_pb';
import { file_ticketing_payment_v1_payment } from '@ticketing/contracts/gen/ticketing/payment/v1/payment_pb';
import { file_ticketing_queue_v1_queue } from '@ticketing/contracts/gen/ticketing/queue/v1/queue_pb';
import { file_ticketing_reservation_v1_orders } from '@ticketing/contracts/gen/ticketing/reservation/v1/orders_pb';
import { file_ticketing_reservation_v1_reservation } from '@ticketing/contracts/gen/ticketing/reservation/v1/reservation_pb';
import { file_ticketing_reservation_v1_sales } from '@ticketing/contracts/gen/ticketing/reservation/v1/sales_pb';
import { file_ticketing_reservation_v1_tickets } from '@ticketing/contracts/gen/ticketing/reservation/v1/tickets_pb';
import { file_ticketing_user_v1_user } from '@ticketing/contracts/gen/ticketing/user/v1/user_pb';

/** All contracts between services, one for each file under proto/. */
export const contracts = [
  file_ticketing_common_v1_actor,
  file_ticketing_common_v1_call_group,
  file_ticketing_common_v1_operations,
  file_ticketing_common_v1_refusal,
  file_ticketing_common_v1_settings,
  file_ticketing_concert_v1_concert,
  file_ticketing_concert_v1_organiser,
  file_ticketing_concert_v1_webhooks,
  file_ticketing_payment_v1_cancellations,
  file_ticketing_payment_v1_payment,
  file_ticketing_queue_v1_queue,
  file_ticketing_reservation_v1_orders,
  file_ticketing_reservation_v1_reservation,
  file_ticketing_reservation_v1_sales,
  file_ticketing_reservation_v1_tickets,
  file_ticketing_user_v1_user,
];
