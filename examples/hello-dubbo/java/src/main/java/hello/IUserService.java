package hello;

public interface IUserService {
    String sayHello(String name);
}
