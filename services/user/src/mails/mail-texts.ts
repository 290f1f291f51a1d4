import type { Locale, MailKind } from './mail.ts';

/** What a text may name; empty where its kind has none. */
export interface Facts {
  title: string;
  when: string;
  where: string;
  amount: string;
}

interface MailText {
  subject: string;
  paragraphs: string[];
  /** What the link is called, where the mail has one. */
  action?: string;
}

type Write = (facts: Facts) => MailText;

/** Plain text; whoever shows it as HTML escapes it. */
export const mailTexts: Record<MailKind, Record<Locale, Write>> = {
  'verify-address': {
    ko: () => ({
      subject: '이메일 주소를 확인해 주세요',
      paragraphs: ['아래 링크를 열면 이메일 주소가 확인됩니다.', '직접 요청하지 않으셨다면 이 메일을 무시하셔도 됩니다.'],
      action: '이메일 주소 확인',
    }),
    en: () => ({
      subject: 'Confirm your e-mail address',
      paragraphs: ['Open the link below to confirm your e-mail address.', 'If you did not ask for this, you can ignore this mail.'],
      action: 'Confirm e-mail address',
    }),
  },
  'reset-password': {
    ko: () => ({
      subject: '비밀번호 재설정',
      paragraphs: [
        '아래 링크를 열어 새 비밀번호를 정해 주세요. 링크는 30분 동안 한 번만 쓸 수 있습니다.',
        '직접 요청하지 않으셨다면 이 메일을 무시하셔도 됩니다. 비밀번호는 바뀌지 않습니다.',
      ],
      action: '새 비밀번호 정하기',
    }),
    en: () => ({
      subject: 'Reset your password',
      paragraphs: [
        'Open the link below to choose a new password. The link works once, within 30 minutes.',
        'If you did not ask for this, you can ignore this mail. Your password stays as it is.',
      ],
      action: 'Choose a new password',
    }),
  },
  'address-changed': {
    ko: () => ({
      subject: '이메일 주소가 변경되었습니다',
      paragraphs: ['계정의 이메일 주소가 다른 주소로 변경되었습니다.', '직접 변경하지 않으셨다면 바로 고객센터에 알려 주세요.'],
    }),
    en: () => ({
      subject: 'Your e-mail address was changed',
      paragraphs: ['Your account has another e-mail address now.', 'If you did not change it, contact support at once.'],
    }),
  },
  'password-changed': {
    ko: () => ({
      subject: '비밀번호가 변경되었습니다',
      paragraphs: ['비밀번호가 변경되어 다른 기기에서 로그아웃되었습니다.', '직접 변경하지 않으셨다면 바로 비밀번호를 재설정해 주세요.'],
    }),
    en: () => ({
      subject: 'Your password was changed',
      paragraphs: [
        'Your password was changed, and other devices were logged out.',
        'If you did not change it, reset your password at once.',
      ],
    }),
  },
  'tickets-bought': {
    ko: ({ title, when, where, amount }) => ({
      subject: `예매 완료: ${title}`,
      paragraphs: ['예매가 완료되었습니다.', title, when, where, `결제 금액: ${amount}`],
    }),
    en: ({ title, when, where, amount }) => ({
      subject: `Your tickets: ${title}`,
      paragraphs: ['Your order is complete.', title, when, where, `Paid: ${amount}`],
    }),
  },
  'payment-refunded': {
    ko: ({ title, when, amount }) => ({
      subject: `환불 완료: ${title}`,
      paragraphs: ['환불이 완료되었습니다.', title, when, `환불 포인트: ${amount}`],
    }),
    en: ({ title, when, amount }) => ({
      subject: `Refund: ${title}`,
      paragraphs: ['Your refund is complete.', title, when, `Points returned: ${amount}`],
    }),
  },
  'performance-cancelled': {
    ko: ({ title, when, where }) => ({
      subject: `공연 취소: ${title}`,
      paragraphs: ['예매하신 공연이 취소되었습니다.', title, when, where, '결제하신 금액은 포인트로 환불됩니다.'],
    }),
    en: ({ title, when, where }) => ({
      subject: `Cancelled: ${title}`,
      paragraphs: ['A performance that you have tickets for was cancelled.', title, when, where, 'What you paid is returned as points.'],
    }),
  },
  'performance-postponed': {
    ko: ({ title, when, where }) => ({
      subject: `공연 일시 변경: ${title}`,
      paragraphs: ['예매하신 공연의 일시가 변경되었습니다. 티켓은 그대로 유효합니다.', title, `새 일시: ${when}`, where],
    }),
    en: ({ title, when, where }) => ({
      subject: `New date: ${title}`,
      paragraphs: [
        'A performance that you have tickets for takes place at another time. Your tickets stay good.',
        title,
        `New date: ${when}`,
        where,
      ],
    }),
  },
};
