import type { Socket } from 'socket.io';

/** Packets that engine.io holds for this client because its socket takes no more. */
export const waitingPackets = (socket: Socket): number => (socket.conn as unknown as { writeBuffer: unknown[] }).writeBuffer.length;
