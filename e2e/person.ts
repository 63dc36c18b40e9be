import { createHubClient, type HubApi, type HubClientOptions } from '@banyan/contract';

/** Somebody who uses the hub: a client that speaks with their token, and the token for other tools. */
export interface Member {
  username: string;
  name: string;
  password: string;
  token: string;
  options: HubClientOptions;
  api: HubApi;
}

/** `fetch` that keeps cookies and names its origin, as a browser does. */
function browserFetch(origin: string): typeof globalThis.fetch {
  const cookies = new Map<string, string>();
  return async (input, init) => {
    const request = new Request(input, init);
    request.headers.set('origin', origin);
    if (cookies.size > 0)
      request.headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    const response = await fetch(request);
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const [name = '', ...value] = pair.split('=');
      cookies.set(name, value.join('='));
    }
    return response;
  };
}

/** Signs up through the set-up code (the first person) or an invitation, then makes an access token. */
export async function signUp(
  url: string,
  code: { setup: string } | { invitation: string },
  person: { username: string; name: string; password: string },
): Promise<Member> {
  const visitor = createHubClient({ url, fetch: browserFetch(url) });
  if ('setup' in code) await visitor.people.setup({ code: code.setup, ...person });
  else await visitor.people.acceptInvitation({ code: code.invitation, ...person });
  const { token } = await visitor.people.createToken({ name: 'tour', scope: 'write' });
  const options = { url, token };
  return { ...person, token, options, api: createHubClient(options) };
}

/** Invites through `host` and signs up. */
export async function invite(
  host: Member,
  person: { username: string; name: string; password: string },
): Promise<Member> {
  const invitation = await host.api.people.invite({});
  const code = new URL(invitation.url).pathname.split('/').at(-1)!;
  return signUp(host.options.url, { invitation: code }, person);
}
