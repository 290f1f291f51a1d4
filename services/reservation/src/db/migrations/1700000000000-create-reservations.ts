import { createMessagingTables } from '@ticketing/common/messaging-tables';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateReservations1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS performances (
        id BINARY(16) NOT NULL PRIMARY KEY,
        concert_id BINARY(16) NOT NULL,
        starts_at DATETIME(3) NOT NULL,
        sale_opens_at DATETIME(3) NOT NULL,
        max_seats_per_person TINYINT UNSIGNED NOT NULL,
        total_seats INT UNSIGNED NOT NULL,
        KEY performances_concert (concert_id)
      )`);
    // One row per seat is the arbiter of who owns it: AVAILABLE, HELD until hold_expires_at, or SOLD.
    await runner.query(`
      CREATE TABLE IF NOT EXISTS seats (
        performance_id BINARY(16) NOT NULL,
        id BINARY(16) NOT NULL,
        position INT UNSIGNED NOT NULL,
        section VARCHAR(64) NOT NULL,
        row_label VARCHAR(10) NOT NULL,
        number SMALLINT UNSIGNED NOT NULL,
        price INT UNSIGNED NOT NULL,
        status VARCHAR(9) CHARACTER SET ascii NOT NULL DEFAULT 'AVAILABLE',
        reservation_id BINARY(16) NULL,
        hold_expires_at DATETIME(3) NULL,
        changed_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
        PRIMARY KEY (performance_id, id),
        UNIQUE KEY seats_place (performance_id, position),
        KEY seats_reservation (reservation_id)
      )`);
    await runner.query(`
      CREATE TABLE IF NOT EXISTS reservations (
        id BINARY(16) NOT NULL PRIMARY KEY,
        user_id BINARY(16) NOT NULL,
        concert_id BINARY(16) NOT NULL,
        performance_id BINARY(16) NOT NULL,
        status VARCHAR(9) CHARACTER SET ascii NOT NULL,
        seat_count TINYINT UNSIGNED NOT NULL,
        amount BIGINT UNSIGNED NOT NULL,
        expires_at DATETIME(3) NOT NULL,
        payment_id BINARY(16) NULL,
        created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
        KEY reservations_of_person (user_id, id),
        KEY reservations_limit (performance_id, user_id),
        KEY reservations_expiring (status, expires_at)
      )`);
    await runner.query(`
      CREATE TABLE IF NOT EXISTS reservation_seats (
        reservation_id BINARY(16) NOT NULL,
        seat_id BINARY(16) NOT NULL,
        section VARCHAR(64) NOT NULL,
        row_label VARCHAR(10) NOT NULL,
        number SMALLINT UNSIGNED NOT NULL,
        price INT UNSIGNED NOT NULL,
        PRIMARY KEY (reservation_id, seat_id)
      )`);
    // live_seat_id is the seat while the ticket is good and NULL when it is void: a seat can't have two good tickets.
    await runner.query(`
      CREATE TABLE IF NOT EXISTS tickets (
        id BINARY(16) NOT NULL PRIMARY KEY,
        reservation_id BINARY(16) NOT NULL,
        user_id BINARY(16) NOT NULL,
        seat_id BINARY(16) NOT NULL,
        live_seat_id BINARY(16) NULL,
        issued_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
        UNIQUE KEY tickets_live_seat (live_seat_id),
        KEY tickets_reservation (reservation_id)
      )`);
    // Locked while a person's seats are counted, so that concurrent orders of one person take turns.
    await runner.query(`
      CREATE TABLE IF NOT EXISTS person_limits (
        performance_id BINARY(16) NOT NULL,
        user_id BINARY(16) NOT NULL,
        orders INT UNSIGNED NOT NULL DEFAULT 1,
        PRIMARY KEY (performance_id, user_id)
      )`);
    await createMessagingTables(runner);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations only go forward'));
  }
}
