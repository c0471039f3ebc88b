import { httpDevice, socketDevice, webSocketDevice } from '../helpers/feed-devices.ts';
import { describeFeed } from './feed.ts';

describeFeed('socket.io', socketDevice);
describeFeed('WebSocket', webSocketDevice);
describeFeed('HTTP', httpDevice);
